"""Passengers: travellers of client organisations, their documents, cards and bank accounts."""
