"""Where a part is not smooth: boundaries of cells, one-sided values and slopes, removable singularities."""
