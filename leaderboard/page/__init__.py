"""The parts of the page that `leaderboard.view` writes: HTML, CSS and JavaScript."""
