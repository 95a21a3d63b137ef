"""What a community's leads say about skills, rates and gaps."""
