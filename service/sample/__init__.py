"""An invented plumbing supplier in Bergen flows out of here: whom it deals with, and five months of its sales."""
