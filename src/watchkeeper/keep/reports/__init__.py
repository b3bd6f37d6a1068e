"""Reports from live metrics: the present, the trend, and when something runs out. They replace shell scripts run by cron."""
