"""The command line: parses, wires, prints. No maths."""
