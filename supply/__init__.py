"""What others wrote and we ship: is every piece pinned, under which licence, and is a fault known of it?"""
