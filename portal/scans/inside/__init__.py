"""What runs in the closed-off process: nothing else of ours is imported there but the rules of this room."""
