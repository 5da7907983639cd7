"""The exchange hall: agreed price, listing and auction, with publicity, objections and notices."""
