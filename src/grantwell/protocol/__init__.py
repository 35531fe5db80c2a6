"""The vocabulary and the rules of the RFCs: values in, values out, no I/O, no clock, no randomness."""
