"""Everybody's mailbox: an SMTP server that delivers to a database, and pages to read what arrived."""
