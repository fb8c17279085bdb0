"""What is known of the world outside: dated tables, each row with its source and certainty."""
