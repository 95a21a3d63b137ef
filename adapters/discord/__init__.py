"""Discord: cards and forms drawn as Components V2 and modals."""
