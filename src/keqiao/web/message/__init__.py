"""我的消息, what one does not want, the link that ends a kind; for administrators, what did not go out."""
