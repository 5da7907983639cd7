"""Events (活动): roadshows, trainings, competitions, science weeks."""
