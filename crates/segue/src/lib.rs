//! Deploy the migrations you already have, from your own program
