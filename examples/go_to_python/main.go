// A token service of one file: "issue" prints a token for the user named, "check" reads one from stdin.
// tokens.py beside it is the same program in Python; each reads what the other signs.
//
//	go run . issue HS256 secret.txt alice
//	go run . check HS256 secret.txt < token
//	go run . issue ES256 private.pem alice
//	go run . check ES256 public.pem < token
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	issuer   = "https://id.example.com"
	audience = "notes"
)

var (
	// The commands that parse a key file, by method: golang-jwt takes another Go type for each.
	signingKeys = map[string]func([]byte) (any, error){
		"HS256": secret,
		"ES256": func(data []byte) (any, error) { return jwt.ParseECPrivateKeyFromPEM(data) },
	}
	checkingKeys = map[string]func([]byte) (any, error){
		"HS256": secret,
		"ES256": func(data []byte) (any, error) { return jwt.ParseECPublicKeyFromPEM(data) },
	}
)

// secret returns []byte: a string compiles, and fails when it is used.
func secret(data []byte) (any, error) { return []byte(strings.TrimSpace(string(data))), nil }

func issue(method string, key any, user string) (string, error) {
	now := time.Now()
	token := jwt.NewWithClaims(jwt.GetSigningMethod(method), jwt.MapClaims{
		"iss":      issuer,
		"aud":      audience,
		"username": user,
		"iat":      now.Unix(),
		"exp":      now.Add(15 * time.Minute).Unix(),
	})
	return token.SignedString(key)
}

func check(method string, key any, text string) (string, error) {
	token, err := jwt.Parse(text, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{method}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired())
	if errors.Is(err, jwt.ErrTokenExpired) {
		return "", errors.New("the token has expired")
	}
	if err != nil {
		return "", err
	}
	username, ok := token.Claims.(jwt.MapClaims)["username"].(string)
	if !ok {
		return "", errors.New("the token names no user")
	}
	return username, nil
}

func run(arguments []string) (string, error) {
	if len(arguments) < 3 {
		return "", errors.New("usage: issue METHOD KEYFILE USER | check METHOD KEYFILE")
	}
	command, method := arguments[0], arguments[1]
	read := checkingKeys[method]
	if command == "issue" {
		read = signingKeys[method]
	}
	if read == nil {
		return "", errors.New("the method is HS256 or ES256")
	}
	data, err := os.ReadFile(arguments[2])
	if err != nil {
		return "", err
	}
	key, err := read(data)
	if err != nil {
		return "", err
	}
	if command == "issue" && len(arguments) == 4 {
		return issue(method, key, arguments[3])
	}
	text, err := io.ReadAll(io.LimitReader(os.Stdin, 16*1024))
	if err != nil {
		return "", err
	}
	return check(method, key, strings.TrimSpace(string(text)))
}

func main() {
	answer, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(answer)
}
