"""Remote storage through rclone: sources fetched from it, copies kept on it. Credentials are rclone's own affair."""
