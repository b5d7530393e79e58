"""What it takes to ask a server over HTTP: addresses, pacing, retries, a cache, prices."""
