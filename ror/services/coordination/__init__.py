"""What coordinators and readers do with the numbers: call units, report what is wrong, be alerted, follow a crisis."""
