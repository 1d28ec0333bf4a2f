"""What the person is asked to do, and the coach who asks."""
