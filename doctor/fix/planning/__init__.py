"""From chosen findings to a plan: which remedies, merged and in order, as exact steps."""
