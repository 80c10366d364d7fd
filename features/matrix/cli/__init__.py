"""Questions of `meshvisor init`, and the check of `meshvisor doctor`."""
