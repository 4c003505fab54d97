"""Finding one's way in the portfolio: filters, columns, saved lists, and acts on what was found."""
