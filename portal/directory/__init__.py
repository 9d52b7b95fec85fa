"""Where a sign-in belongs: the front door's knowledge, which can name no client."""
