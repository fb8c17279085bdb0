"""Pictures in characters: sizes, mixture and distances, as styled lines and readable without colour."""
