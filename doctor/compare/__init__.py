"""What differs between environments, and whether it changes results: pure, from fingerprints to words."""
