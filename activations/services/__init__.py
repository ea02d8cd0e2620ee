"""The actions of people, each a function with keyword-only arguments."""
