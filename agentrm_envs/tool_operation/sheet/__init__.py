"""The spreadsheet application: workbooks of cells, and the tools that read and change them."""
