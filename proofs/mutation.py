def mutations(*a): return []
