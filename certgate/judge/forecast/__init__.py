"""What will start to fail: today's facts judged by the clocks to come, and a renewal like today's certificate."""
