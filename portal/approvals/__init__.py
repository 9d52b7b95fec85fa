"""What needs more than one person: requests, approvals, broken glass and its review, the client's own rule."""
