"""Pages for people concerned, rendered here: words by language, one template, no script."""
