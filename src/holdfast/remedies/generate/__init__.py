"""Generate: rows towards what reality has and a candidate has lost, made by models or rules, judged before they are kept."""
