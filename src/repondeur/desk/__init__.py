"""The desk: the work on one reply, from the paste to the copy. Qt's core alone, no widget."""
