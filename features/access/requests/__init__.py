"""What the control socket can ask about admins, permissions and the account."""
