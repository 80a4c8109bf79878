"""What every page is made with: text from strangers made safe to look at, one look, and templates that escape."""
