"""Access reviews: once a month, who holds which role is looked at person by person, attested and signed."""
