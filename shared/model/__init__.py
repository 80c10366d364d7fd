"""Domain words: states and their transitions, causes of death, facts about a mesh."""
