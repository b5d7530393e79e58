"""Our data in the formats that other trainers read, and demonstrations of others in ours."""
