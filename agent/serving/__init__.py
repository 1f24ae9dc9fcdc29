"""What a server is made of, but for HTTP: users, desks, uploads, jobs, workers, threads, turns."""
