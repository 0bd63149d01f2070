"""Pages for people in a browser: each shows what the API answers, and its forms give the API's commands."""
