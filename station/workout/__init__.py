"""What is run today: workouts as coaches write them, and what follows from them."""
