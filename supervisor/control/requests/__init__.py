"""What the control socket can ask of the kernel; features bring their own."""
