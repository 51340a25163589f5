"""What is peculiar to one kind of trade; core knows none of it."""
