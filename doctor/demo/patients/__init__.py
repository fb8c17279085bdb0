"""The patients of the demonstration, one file each: what is wrong with it as data, and the function that makes it."""
