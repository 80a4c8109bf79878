"""Methods of generation; one idea each."""
