"""What other trust & safety tools write, read as our own messages: their formats, our meaning. Pure; nothing is sent here."""
