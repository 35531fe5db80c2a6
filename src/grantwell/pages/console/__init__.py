"""What one does when signed in: one's own account, and what an organization and its server have to look after."""
