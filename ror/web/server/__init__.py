"""The HTTP server around Streamlit: requests, headers, assets, sessions of the browser."""
