"""The exchange hall: public pages, the bidder's page, the working desk."""
