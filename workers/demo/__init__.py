"""`dueprocess demo`: six acts against a running stack, through its doors; every step is checked and shows its evidence."""
