"""What all read models share: their rows with their past, statements, pages and searches."""
