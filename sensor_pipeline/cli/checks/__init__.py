"""What ``dorsi doctor`` looks at, a file for each thing; none of it changes anything."""
