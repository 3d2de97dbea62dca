"""The forecast: today's facts evaluated at future times, and a renewal with today's profile."""
