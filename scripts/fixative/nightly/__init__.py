"""One night, unattended: scan, archive, audit, report; then say in ten lines what has changed."""
