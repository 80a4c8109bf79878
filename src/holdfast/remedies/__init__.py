"""What acts on data, and never judges it: curate, plan, blend."""
